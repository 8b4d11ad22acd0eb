/**
 * What happens to an Alertmanager and to its receivers, moment by moment. Each scenario runs on Debian's Alertmanager in real seconds
 * and on Vedette in virtual ones; both must tell the same, to the same, at the same time.
 */
export interface Scenario {
  readonly name: string;
  /** An Alertmanager file; `http://HOOK/name` stands for the address of the receiver `name`. */
  readonly config: string;
  /** In order of time. */
  readonly steps: readonly Step[];
  /** When it ends. */
  readonly endS: number;
  /** How far the same message may lie apart on both sides; more where pauses are random. Default: TOLERANCE_MS. */
  readonly toleranceMs?: number;
}

export type LabelSet = Readonly<Record<string, string>>;

export type Step = { readonly atS: number } & (
  | {
      readonly fire: readonly LabelSet[];
      /** When the alert began, before the step; default: at the step. */
      readonly sinceS?: number;
      /** Ends by itself so long after the step; default: after resolve_timeout. */
      readonly forS?: number;
    }
  | { readonly resolve: readonly LabelSet[] }
  /** `until` counts from the beginning of the scenario. */
  | { readonly silence: string; readonly matching: LabelSet; readonly untilS: number }
  | { readonly expire: string }
  /** From now on the receiver answers so; `hang`: holds the connection for ten seconds, then breaks it. */
  | { readonly receiver: string; readonly answers: number | 'hang' }
  /** Ends and starts again with what it had stored; alerts must be sent anew. */
  | { readonly restart: true }
  | { readonly reload: string }
);

/** One message that a receiver took. */
export interface Heard {
  readonly atS: number;
  readonly receiver: string;
  readonly body: HeardBody;
}

/** Of the webhook's JSON what does not depend on the clock or on addresses. */
export interface HeardBody {
  readonly receiver: string;
  readonly status: string;
  readonly groupKey: string;
  readonly groupLabels: LabelSet;
  readonly commonLabels: LabelSet;
  readonly commonAnnotations: LabelSet;
  readonly truncatedAlerts: number;
  readonly version: string;
  readonly alerts: readonly { readonly status: string; readonly labels: LabelSet; readonly fingerprint: string }[];
}

/** Real processes on a machine that has other work to do. */
export const TOLERANCE_MS = 800;

/** The parts of a webhook body that both sides must agree on. */
export function heardBody(json: unknown): HeardBody {
  const body = json as HeardBody;
  const alerts = body.alerts
    .map(({ status, labels, fingerprint }) => ({ status, labels, fingerprint }))
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const { receiver, status, groupKey, groupLabels, commonLabels, commonAnnotations, truncatedAlerts, version } = body;
  return { receiver, status, groupKey, groupLabels, commonLabels, commonAnnotations, truncatedAlerts, version, alerts };
}
