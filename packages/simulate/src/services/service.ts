import type { FaultSchedule } from '../faults/schedule.ts';
import type { CameraTruth } from '../fleet/camera-truth.ts';
import type { FleetPlan, PlannedCamera } from '../fleet/plan.ts';
import { MetricPage } from '../metrics/metric-page.ts';
import { Random, hashText } from '../random.ts';
import { EventStream } from './event-stream.ts';

/** What all services see of the fleet at the end of a step. */
export interface FleetView {
  readonly plan: FleetPlan;
  readonly faults: FaultSchedule;
  /** The same object for a camera during one step. */
  truth(camera: PlannedCamera): CameraTruth;
  /** Bits a second that a camera's encoder makes now. */
  bitsPerSecond(camera: PlannedCamera): number;
}

export interface Step {
  readonly view: FleetView;
  /** End of the step. */
  readonly atMs: number;
  readonly seconds: number;
}

/** One process with a metrics page. */
export interface SimulatedService {
  /** Its place on the services' port: `/<name>/metrics`. */
  readonly name: string;
  readonly job: string;
  /** As the scrape configuration labels it. */
  readonly instance: string;
  /** Further labels of its target. */
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeIntervalSeconds: number;
  readonly events: EventStream;
  advance(step: Step): void;
  page(): string;
}

export interface ServiceParts {
  readonly metrics: MetricPage;
  readonly events: EventStream;
  readonly random: Random;
}

/** Puts a service together; `build` declares its metrics and says what a step does. */
export function createService(
  about: {
    readonly name: string;
    readonly job: string;
    readonly instance: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly scrapeIntervalSeconds?: number;
  },
  seed: number,
  build: (parts: ServiceParts) => (step: Step) => void,
): SimulatedService {
  const metrics = new MetricPage();
  const events = new EventStream();
  const advance = build({ metrics, events, random: new Random(hashText(about.name, seed)) });
  return { labels: {}, scrapeIntervalSeconds: 5, ...about, events, advance, page: () => metrics.toString() };
}

/** Durations as services have them: around a median, with a long tail. Pairs of seconds and how many of `count` took that long. */
export function spreadDurations(
  random: Random,
  count: number,
  { medianSeconds, sigma }: { readonly medianSeconds: number; readonly sigma: number },
): readonly (readonly [seconds: number, count: number])[] {
  const groups = Math.min(count, 8);
  return Array.from({ length: groups }, (_, i) => {
    const share = Math.floor((count * (i + 1)) / groups) - Math.floor((count * i) / groups);
    return [medianSeconds * Math.exp(sigma * random.normal()), share] as const;
  });
}
