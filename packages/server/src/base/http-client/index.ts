/**
 * The outgoing HTTP client and its configuration, Prometheus's `<http_config>`. Used by whoever asks or tells other
 * servers: scraping, discovery, remote-write. In: a request. Out: an answer with any status, or an HttpFailure whose
 * message may be shown. Bodies, redirects and waiting are bounded by the request.
 */
export type { AddressFilter } from './address-filter.ts';
export {
  type HttpClientConfig,
  checkHttpClient,
  headerFault,
  httpClientConfig,
  httpClientShape,
  type TlsConfig,
  tlsConfig,
} from './config.ts';
export { withAbsoluteFiles } from './config-files.ts';
export { type Deadline, Deadlines } from './deadlines.ts';
export type { BodyReader, HttpAnswer, HttpMethod, HttpRequest } from './exchange.ts';
export { HttpClient, type HttpClientDeps, statusFault } from './http-client.ts';
export { AddressRefused, BodyTooLarge, HttpFailure, refusedAddress } from './http-failure.ts';
export type { ProxyEnvironment } from './proxy.ts';
export { TlsFiles, type TlsOptions } from './tls-files.ts';
