import { errorMessage } from '../errors.ts';

/** One sentence for a connection that failed; `url` without its secrets. */
export function connectionFault(error: Error, url: URL): string {
  const fault = (error instanceof AggregateError ? error.errors[0] : error) as NodeJS.ErrnoException;
  const text = errorMessage(error);
  switch (fault.code) {
    case 'ECONNREFUSED':
      return `connection refused by ${url.host}; is it running?`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `no address found for host ${url.hostname}; check the name`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `no route to ${url.host}; check the network`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return `no connection to ${url.host} in time; is a firewall in between?`;
    case 'ECONNRESET':
    case 'EPIPE':
    case 'UND_ERR_SOCKET':
      return `${url.host} closed the connection before the answer was complete`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the TLS certificate of ${url.host} is not trusted (${text}); set tls_config.ca_file or server_name`;
    case 'EPROTO':
      return `${url.host} does not speak TLS as expected (${text}); check scheme`;
    default:
      return fault.code?.startsWith('HPE_')
        ? `${url.host} does not answer in HTTP (${text})`
        : `request to ${url.host} failed: ${text}`;
  }
}
