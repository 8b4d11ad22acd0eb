/**
 * The one HTTP server: listens, guards (host, origin, users), limits bodies, and shows the plugins that the slices hand in.
 * It knows no slice. In: plugins and the `http:` section; out: a component with its address. Called by app.
 */
export { type HttpDeps, type HttpServer, openHttp } from './server.ts';
export {
  type HttpConfig,
  type ListenAddress,
  formatListen,
  hasAuthentication,
  httpSchema,
  isLoopback,
  parseListen,
  LISTEN_DEFAULT,
} from './config.ts';
export { type Operations, operationsPlugin } from './operations.ts';
export { prometheusLinks } from './prometheus-links.ts';
