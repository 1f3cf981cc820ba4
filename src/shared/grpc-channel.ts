// How our gRPC channels behave: they find a peer that came back within a fraction of a second, at whatever address
// it has then, and say at once when it is away.
import { createChannel, type Channel } from 'nice-grpc';

/** Largest message, in bytes: a page of 10,000 orders or of 100,000 stocks. */
export const maxMessageBytes = 64 * 1024 * 1024;

export function openChannel(address: string): Channel {
  return createChannel(address, undefined, {
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.min_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 250,
    'grpc.dns_min_time_between_resolutions_ms': 250,
    // A connection that was cut without a word is found out, and replaced.
    'grpc.keepalive_time_ms': 1_000,
    'grpc.keepalive_timeout_ms': 2_500,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
}
