import type { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { AddressFilter, HttpClient, HttpClientConfig } from '../../base/http-client/index.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { AlertmanagerGlobal, IntegrationConfig } from '../config/model.ts';
import type { Notifier } from './notification.ts';
import type { SecretFiles } from './secret-files.ts';
import type { NotificationTemplates } from './templates/notification-templates.ts';

/** What a notifier does its work with. */
export interface NotifyDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** A client as `<http_config>` says; the notifier that opened it closes it in `close`. Throws CONFIG_UNREADABLE, CONFIG_INVALID. */
  readonly openHttp: OpenHttp;
  /** Which addresses may be connected to; undefined: all. `openHttp` asks it already; it is for kinds with connections of their own. */
  readonly allowAddress?: AddressFilter | undefined;
  /** For kinds that only ever post JSON with a header that says who we are. */
  readonly templates: NotificationTemplates;
  readonly secretFiles: SecretFiles;
}

export type HttpSender = Pick<HttpClient, 'send' | 'close'>;
export type OpenHttp = (config: HttpClientConfig) => HttpSender;

/**
 * One kind of receiver. Its folder holds its schema (`config.ts`), its notifier with the test beside it, and the kind itself
 * (`kind.ts`), which `registry.ts` lists.
 */
export interface ReceiverKind<Config extends IntegrationConfig = IntegrationConfig> {
  /** Key of its list in a receiver, as in Alertmanager's file: `webhook_configs`. */
  readonly key: string;
  /** Its name in metrics, logs and the notification log: `webhook`. */
  readonly integration: string;
  /** One entry of the list; what it does not say itself it takes from `global`, or refuses. */
  schema(global: AlertmanagerGlobal): z.ZodType<Config>;
  /** Sends nothing yet. Throws when a file that it needs at once cannot be read. */
  open(config: Config, deps: NotifyDeps): Notifier;
}
