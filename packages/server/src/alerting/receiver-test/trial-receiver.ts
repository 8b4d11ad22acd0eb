import { z } from 'zod';
import { VedetteError, errorMessage } from '../../base/errors.ts';
import { AddressRefused, type HttpClientConfig, refusedAddress } from '../../base/http-client/index.ts';
import { INLINE_GLOBAL } from '../config/inline-model.ts';
import { type ReceiverSection, receiverModel, receiverSchema } from '../config/receiver-section.ts';
import type { HttpSender, NotifyDeps, OpenHttp, ReceiverKind } from '../notify/receiver-kind.ts';
import { Receiver } from '../pipeline/receiver.ts';

/** Kinds that connect through `openHttp` alone, or ask `allowAddress` themselves: only to addresses that are allowed. */
const HELD_TO_NETWORKS: ReadonlySet<string> = new Set(
  [
    'webhook',
    'email',
    'pagerduty',
    'slack',
    'opsgenie',
    'wechat',
    'pushover',
    'victorops',
    'sns',
    'telegram',
    'discord',
    'webex',
    'msteams',
    'msteamsv2',
    'jira',
    'rocketchat',
    'mattermost',
    'incidentio',
    'twilio',
  ].map((kind) => `${kind}_configs`),
);
/** A file would be read with Vedette's rights for whoever may use the API. */
const NAMES_FILES = /(^|_)files?$/;
const LEVELS_MAX = 32;
const NAME = 'trial';

/** A receiver that somebody wrote into a request: it is opened for one test. */
export interface TrialReceiver {
  readonly receiver: Receiver;
  /** The first address that was refused while it was tested; another of the same name may have been allowed. */
  refused(): AddressRefused | undefined;
}

/**
 * Opens what a request wrote. Nothing of the configuration goes into it: neither secrets of `global`, nor files; its connections are
 * those that `deps.openHttp` allows. Throws CONFIG_INVALID.
 */
export function openTrial(
  written: Readonly<Record<string, unknown>>,
  kinds: readonly ReceiverKind[],
  deps: Omit<NotifyDeps, 'post'>,
): TrialReceiver {
  refuseFiles(written, [], 0);
  const held = kinds.filter(({ key }) => HELD_TO_NETWORKS.has(key));
  for (const key of Object.keys(written))
    if (kinds.some((kind) => kind.key === key) && !HELD_TO_NETWORKS.has(key))
      throw new VedetteError(
        'CONFIG_INVALID',
        `receiver.${key} cannot be tried over the API: its connections are not held to alerting.allowed_networks; write it in the configuration file and test it by its name`,
      );
  const parsed = receiverSchema(held, INLINE_GLOBAL).safeParse({ name: NAME, ...written });
  if (!parsed.success) throw new VedetteError('CONFIG_INVALID', `receiver: ${wordsOf(parsed.error)}`);
  const model = receiverModel(parsed.data as unknown as ReceiverSection, held);
  let refused: AddressRefused | undefined;
  const watching: OpenHttp = (config: HttpClientConfig) =>
    watched(deps.openHttp(config), (error) => {
      refused ??= error;
    });
  const { allowAddress } = deps;
  const trialDeps: NotifyDeps = {
    ...deps,
    // For connections that are not the client's: e-mail.
    allowAddress:
      allowAddress &&
      ((ip) => {
        const isAllowed = allowAddress(ip);
        if (!isAllowed) refused ??= new AddressRefused(`connections to ${ip} are not allowed`);
        return isAllowed;
      }),
    openHttp: watching,
  };
  const notifiers = model.integrations.flatMap(({ kind, config }) => {
    const known = held.find(({ key }) => key === kind);
    return known ? [known.open(config, trialDeps)] : [];
  });
  const report = (error: unknown): void =>
    deps.logger.warn({ error: errorMessage(error) }, 'a receiver that was tried could not be closed');
  return { receiver: new Receiver(model.name, notifiers, report), refused: () => refused };
}

function watched(http: HttpSender, onRefused: (error: AddressRefused) => void): HttpSender {
  return {
    send: async (request) => {
      try {
        return await http.send(request);
      } catch (error) {
        const refused = refusedAddress(error);
        if (refused) onRefused(refused);
        throw error;
      }
    },
    close: () => http.close(),
  };
}

function refuseFiles(value: unknown, path: readonly string[], levels: number): void {
  if (levels > LEVELS_MAX) throw new VedetteError('CONFIG_INVALID', `receiver.${path.join('.')} is nested too deep`);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, key];
    if (NAMES_FILES.test(key) && inner !== undefined)
      throw new VedetteError(
        'CONFIG_INVALID',
        `receiver.${here.join('.')}: files are read for receivers of the configuration file only; write the secret itself`,
      );
    refuseFiles(inner, here, levels + 1);
  }
}

function wordsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
}
