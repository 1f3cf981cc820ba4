#!/bin/bash
# Health check of a container: does the process itself answer a path with 200? An open port alone proves nothing: the kernel
# accepts connections for a process that hangs.
# In bash alone, because starting node every few seconds in five containers costs a third of a core.
# usage: container_health.sh <port> <path>
set -eu
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
