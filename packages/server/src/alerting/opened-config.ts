import { VedetteError, errorMessage, isVedetteError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { inlineModel } from './config/inline-model.ts';
import type { AlertmanagerConfig, ReceiverModel, RouteNode } from './config/model.ts';
import type { AlertingSettings } from './config/section.ts';
import type { ExternalGroup } from './external/external-group.ts';
import { type OpenExternalDeps, openExternals } from './external/open-external.ts';
import { type PreparedResponse, prepareResponse } from './escalation/open-response.ts';
import type { Notifier } from './notify/notification.ts';
import type { NotifyDeps, ReceiverKind } from './notify/receiver-kind.ts';
import { withSlots } from './pipeline/delivery-slots.ts';
import { Receiver } from './pipeline/receiver.ts';

/** Settings whose receivers are open; nothing is sent through them before they are committed. */
export interface OpenedConfig {
  readonly settings: AlertingSettings;
  /** Undefined: nobody is notified by Vedette itself. */
  readonly model: AlertmanagerConfig | undefined;
  readonly receivers: readonly Receiver[];
  /** External Alertmanagers that the rules' alerts are sent on to. */
  readonly externals: readonly ExternalGroup[];
  readonly response: PreparedResponse;
}

/** Throws CONFIG_INVALID or CONFIG_UNREADABLE, and leaves nothing open then. */
export function openConfig(
  settings: AlertingSettings,
  kinds: readonly ReceiverKind[],
  deps: NotifyDeps,
  external: OpenExternalDeps,
): OpenedConfig {
  const model = settings.alertmanager ?? inlineModel(settings.config, kinds);
  const response = prepareResponse(settings.config, new Set(model?.receivers.map(({ name }) => name)));
  const receivers = model ? openReceivers(model, kinds, deps) : [];
  try {
    return { settings, model, receivers, response, externals: openExternals(settings.config.alertmanagers, external) };
  } catch (error) {
    for (const receiver of receivers) void receiver.retire();
    throw error;
  }
}

function openReceivers(
  model: AlertmanagerConfig,
  kinds: readonly ReceiverKind[],
  deps: NotifyDeps,
): readonly Receiver[] {
  const names = new Set(model.receivers.map(({ name }) => name));
  checkReceivers(model.route, names);
  const receivers: Receiver[] = [];
  try {
    for (const receiver of model.receivers) receivers.push(openReceiver(receiver, kinds, deps));
  } catch (error) {
    for (const receiver of receivers) void receiver.retire();
    throw error;
  }
  return receivers;
}

function checkReceivers(route: RouteNode, names: ReadonlySet<string>): void {
  if (!names.has(route.receiver))
    throw new VedetteError('CONFIG_INVALID', `route ${route.id}: receiver "${route.receiver}" is not declared`);
  for (const inner of route.routes) checkReceivers(inner, names);
}

function openReceiver({ name, integrations }: ReceiverModel, kinds: readonly ReceiverKind[], deps: NotifyDeps) {
  const notifiers: Notifier[] = [];
  const receiver = new Receiver(name, notifiers, (error) => reportClose(deps.logger, name, error));
  try {
    for (const [i, { kind: key, config }] of integrations.entries()) {
      const kind = kinds.find((other) => other.key === key);
      if (!kind) throw new VedetteError('CONFIG_INVALID', `receiver "${name}": there is no kind of receiver ${key}`);
      notifiers.push(within(`receiver "${name}", integration ${i} (${key})`, () => withSlots(kind.open(config, deps))));
    }
  } catch (error) {
    void receiver.retire();
    throw error;
  }
  return receiver;
}

function within<T>(place: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!isVedetteError(error)) throw error;
    throw new VedetteError(error.code, `${place}: ${error.message}`, { cause: error });
  }
}

function reportClose(logger: Logger, receiver: string, error: unknown): void {
  logger.warn({ receiver, error: errorMessage(error) }, 'a receiver that is not used any more could not be closed');
}
