#!/bin/bash
# Health check of a container: does the process itself answer? Without a path it is greeted as a gRPC server, and must send
# its settings, which a server does for every new connection; with a path it is asked for that over HTTP, and must say 200.
# An open port alone proves nothing: the kernel accepts connections for a process that hangs.
# In bash alone, because starting node every few seconds in five containers costs a third of a core.
# usage: container_health.sh <port> [path]
set -eu
exec 3<>"/dev/tcp/127.0.0.1/$1"
if [ $# -gt 1 ]; then
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
  read -r -t 2 _ status _ <&3
  [ "$status" = 200 ]
else
  # The greeting of HTTP/2, and an empty frame of settings. The answer is one too, and its first byte is zero.
  printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0' >&3
  IFS= read -r -t 2 -d '' first <&3
  [ -z "$first" ]
fi
