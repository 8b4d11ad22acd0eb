import type { ReceiverTestResult } from '@vedette/wire/http';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import type { Logger } from '../../base/logger.ts';
import type { DeliveryHealth } from '../pipeline/delivery-health.ts';
import type { Receiver } from '../pipeline/receiver.ts';
import { testReceiver } from './run-test.ts';
import { TestBudget } from './test-budget.ts';
import type { TrialReceiver } from './trial-receiver.ts';

/** A receiver's settings are a page of text at most. */
const BODY_BYTES_MAX = 64 * 1024;

const testRequest = z.strictObject({
  integration: z.int().min(0).optional(),
  resolved: z.boolean().default(false),
});
const trialRequest = testRequest.extend({ receiver: z.record(z.string(), z.unknown()) });

export interface ReceiverTestDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the configuration that runs. */
  receivers(): readonly Receiver[];
  /** Hears how tests of these went: they are deliveries, too. */
  readonly health: Pick<DeliveryHealth, 'record'>;
  /** Throws CONFIG_INVALID. */
  openTrial(written: Readonly<Record<string, unknown>>): Promise<TrialReceiver>;
  externalUrl(): string;
}

/**
 * `POST /api/vedette/alerting/receivers/{name}/test` sends a test notification through a receiver of the configuration;
 * `POST /api/vedette/alerting/receivers/test` through one that the request brings, held to the allowed networks.
 */
export function receiverTestApi(deps: ReceiverTestDeps): HttpPlugin {
  const { clock, logger } = deps;
  const budget = new TestBudget(clock);
  return async (scope) => {
    scope.post<{ Params: { name: string } }>(
      '/api/vedette/alerting/receivers/:name/test',
      { bodyLimit: BODY_BYTES_MAX },
      async (request): Promise<ReceiverTestResult> => {
        const { name } = request.params;
        const { integration, resolved } = read(testRequest, request.body ?? {});
        const receiver = deps.receivers().find((one) => one.name === name);
        if (!receiver) throw new VedetteError('NOT_FOUND', `there is no receiver "${name}"`);
        const { health } = deps;
        const options = { integration, resolved, externalUrl: deps.externalUrl(), health };
        const result = await budget.during(() => testReceiver(receiver, options, clock));
        logger.info({ receiver: name, user: request.user }, 'a receiver was tested');
        return result;
      },
    );
    scope.post(
      '/api/vedette/alerting/receivers/test',
      { bodyLimit: BODY_BYTES_MAX },
      async (request): Promise<ReceiverTestResult> => {
        const { receiver: written, integration, resolved } = read(trialRequest, request.body ?? {});
        return budget.during(async () => {
          const { receiver, refused } = await deps.openTrial(written);
          try {
            const options = { integration, resolved, externalUrl: deps.externalUrl() };
            const result = await testReceiver(receiver, options, clock);
            const fault = refused();
            if (fault) throw notAllowed(fault.message);
            logger.info({ kinds: Object.keys(written), user: request.user }, 'a receiver of a request was tested');
            return result;
          } finally {
            await receiver.retire();
          }
        });
      },
    );
  };
}

function notAllowed(reason: string): VedetteError {
  return new VedetteError(
    'ADDRESS_NOT_ALLOWED',
    `${reason}; receivers that come over the API may have public addresses, or those of alerting.allowed_networks: list the network there, or write the receiver in the configuration file`,
  );
}

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new VedetteError('QUERY_BAD_PARAMETER', words);
}
