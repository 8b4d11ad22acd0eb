import type { AlertmanagerStatus } from '@vedette/wire/http';
import type { AlertmanagerView } from './alertmanager-view.ts';
import { dateTime } from './date-time.ts';

/** What `config.original` is when there is no Alertmanager file: a file that a client can read all the same. */
const NO_FILE =
  '# the routes and receivers are those of vedette.yaml, section "alerting"\nroute: { receiver: vedette }\nreceivers: [{ name: vedette }]\n';

/** A masked address must stay an address: amtool reads the answer as a file. `.invalid` is never a host (RFC 2606). */
function readable(original: string): string {
  return original.replace(/^([ -]*(?:url|proxy_url): )<secret>$/gm, '$1http://secret.invalid/');
}

/** `GET /status`. There is no gossip, so the cluster is "disabled", as Alertmanager without --cluster.listen-address says it. */
export function statusJson(view: AlertmanagerView): AlertmanagerStatus {
  return {
    cluster: { peers: [], status: 'disabled' },
    config: { original: readable(view.config()?.original ?? NO_FILE) },
    uptime: dateTime(view.startedAt()),
    versionInfo: {
      branch: 'vedette',
      buildDate: '',
      buildUser: '',
      goVersion: `node ${process.versions.node}`,
      revision: '',
      version: view.version(),
    },
  };
}
