// How our gRPC channels behave: they find a peer that came back within a fraction of a second, at whatever address
// it has then, and say at once when it is away. With TLS they also make sure that it is the one that was meant.
import { ChannelCredentials, createChannel, type Channel } from 'nice-grpc';
import type { ServiceName } from './service-names.js';
import type { TlsIdentity } from './tls-identity.js';

/** Largest message, in bytes: a page of 10,000 orders or of 100,000 stocks. */
export const maxMessageBytes = 64 * 1024 * 1024;

const options = {
  // A proxy that the environment names (http_proxy …) is for the world outside; by itself the library would use it.
  'grpc.enable_http_proxy': 0,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 250,
  // Despite its name: how long it may take to connect, TLS and all. That takes three round trips, and long where the
  // processors are busy; whoever gives up early has to begin anew, and is never through.
  'grpc.min_reconnect_backoff_ms': 1_000,
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
} as const;

/** Opens a channel to a service at an address. */
export type OpenChannel = (service: ServiceName, address: string) => Channel;

/** @param identity who opens the channels; without one they are not secured */
export function channelOpener(identity: TlsIdentity | undefined): OpenChannel {
  if (!identity) {
    return (_service, address) => createChannel(address, undefined, options);
  }
  const { authority, own } = identity;
  const credentials = ChannelCredentials.createSsl(authority, own, own);
  // The certificate must bear the name of the service, whatever the address is.
  return (service, address) =>
    createChannel(address, credentials, { ...options, 'grpc.ssl_target_name_override': service });
}
