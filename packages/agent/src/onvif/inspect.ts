import type { FailureReason } from '../camera/probe-failure.ts';
import type { HttpRun } from '../http-probe/http-run.ts';
import { ProbeFault, oneLine, probeFailure } from '../http-probe/probe-fault.ts';
import type { StreamProbeDeps } from '../http-probe/stream-probe-deps.ts';
import {
  GET_CAPABILITIES,
  GET_DEVICE_INFORMATION,
  GET_SERVICES,
  GET_SYSTEM_DATE_AND_TIME,
  MEDIA,
  MEDIA_2,
  capabilityServicesOf,
  clockOf,
  deviceOf,
  servicesOf,
} from './device-service.ts';
import {
  MEDIA_1_REQUESTS,
  MEDIA_2_REQUESTS,
  type MediaGeneration,
  encodersOf,
  profilesOf,
  withoutUser,
} from './media-service.ts';
import { type OnvifConnection, OnvifRefusal } from './onvif-connection.ts';
import type {
  OnvifClock,
  OnvifDevice,
  OnvifProfile,
  OnvifReport,
  OnvifService,
  VideoEncoderSettings,
} from './onvif-report.ts';
import type { XmlElement } from './xml-tree.ts';

/** Why a question without credentials fails where some are wanted. */
const LOCKED: ReadonlySet<string> = new Set<FailureReason>(['credentials', 'no_credentials']);
const PROBLEMS_MAX = 16;
const PROBLEM_CHARACTERS_MAX = 240;

/** One look at a device; parts that it refuses are problems, and the rest is told all the same. */
export class Inspection {
  readonly #deps: StreamProbeDeps;
  readonly #run: HttpRun;
  readonly #connection: OnvifConnection;
  readonly #problems: string[] = [];
  #clock: OnvifClock | undefined;
  #device: OnvifDevice | undefined;
  #services: readonly OnvifService[] = [];
  #profiles: OnvifProfile[] = [];
  #encoders: readonly VideoEncoderSettings[] = [];

  constructor(deps: StreamProbeDeps, run: HttpRun, connection: OnvifConnection) {
    this.#deps = deps;
    this.#run = run;
    this.#connection = connection;
  }

  async read(): Promise<void> {
    this.#run.phase = 'describe';
    await this.askClock();
    await this.#part('device information', async () => {
      this.#device = deviceOf(await this.#askDevice(GET_DEVICE_INFORMATION));
    });
    await this.askServices();
    await this.#media();
  }

  /** First of all, and without credentials: they are good only at the camera's own time (Core 5.12). */
  async askClock(): Promise<void> {
    const sentMs = this.#deps.clock.now();
    let answer: XmlElement | undefined;
    try {
      answer = await this.#connection.call({
        url: this.#connection.home,
        body: GET_SYSTEM_DATE_AND_TIME,
        anonymous: true,
      });
    } catch (error) {
      // Some want credentials even for the time, against the specification: then ours must do.
      const locked = error instanceof ProbeFault && LOCKED.has(error.reason);
      if (!locked && !(error instanceof OnvifRefusal)) throw error;
      await this.#part('time', async () => {
        answer = await this.#askDevice(GET_SYSTEM_DATE_AND_TIME);
      });
    }
    this.#clock = answer && clockOf(answer, sentMs, this.#deps.clock.now());
    if (this.#clock === undefined) this.#problem('It does not tell its time; credentials were made with ours.');
    else this.#connection.clockOffsetMs = Math.round(this.#clock.offsetSeconds * 1_000);
  }

  async askServices(): Promise<readonly OnvifService[]> {
    try {
      this.#services = servicesOf(await this.#askDevice(GET_SERVICES));
    } catch (error) {
      if (!(error instanceof OnvifRefusal)) throw error;
    }
    if (this.#services.length === 0) {
      await this.#part('capabilities', async () => {
        this.#services = capabilityServicesOf(await this.#askDevice(GET_CAPABILITIES));
      });
    }
    return this.#services;
  }

  report(cameraId: string, failure: unknown): OnvifReport {
    const run = this.#run;
    return {
      cameraId,
      startedAtMs: run.startedAtMs,
      durationMs: run.elapsedMs,
      ...(failure !== undefined && { failure: probeFailure(failure, run.phase, this.#connection.home.host) }),
      problems: this.#problems,
      ...(run.remoteAddress !== undefined && { remoteAddress: run.remoteAddress }),
      bytesRead: run.bytesRead,
      ...(this.#clock && { clock: this.#clock }),
      ...(this.#device && { device: this.#device }),
      services: this.#services,
      profiles: this.#profiles,
      encoders: this.#encoders,
    };
  }

  async #media(): Promise<void> {
    for (const generation of [MEDIA_2_REQUESTS, MEDIA_1_REQUESTS]) {
      const service = this.#services.find((each) => each.namespace === generation.namespace);
      if (service === undefined) continue;
      await this.#part(generation.namespace === MEDIA_2 ? 'media profiles (2)' : 'media profiles', () =>
        this.#generation(generation, service),
      );
      if (this.#profiles.length > 0) return;
    }
    if (!this.#services.some((each) => each.namespace === MEDIA || each.namespace === MEDIA_2)) {
      this.#problem('It names no media service.');
    }
  }

  async #generation(generation: MediaGeneration, service: OnvifService): Promise<void> {
    const { url, problem } = this.#connection.service(service.url);
    if (problem !== undefined) this.#problem(problem);
    const heads = profilesOf(await this.#connection.call({ url, body: generation.getProfiles }));
    await this.#part('encoder settings', async () => {
      this.#encoders = encodersOf(await this.#connection.call({ url, body: generation.getEncoders }));
    });
    const uri = async (what: string, body: string): Promise<string | undefined> => {
      let found: string | undefined;
      await this.#part(what, async () => {
        const text = generation.uriOf(await this.#connection.call({ url, body }));
        found = text === undefined ? undefined : withoutUser(text);
      });
      return found;
    };
    for (const head of heads) {
      const streamUrl = await uri(`address of the stream of ${head.name}`, generation.streamUri(head.token));
      const snapshotUrl = await uri(`address of the snapshot of ${head.name}`, generation.snapshotUri(head.token));
      this.#profiles.push({
        ...head,
        ...(streamUrl !== undefined && { streamUrl }),
        ...(snapshotUrl !== undefined && { snapshotUrl }),
      });
    }
  }

  #askDevice(body: string): Promise<XmlElement> {
    return this.#connection.call({ url: this.#connection.home, body });
  }

  /** A refusal is a problem of that part; everything else ends the inspection. */
  async #part(what: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof OnvifRefusal)) throw error;
      this.#problem(`It did not tell its ${what} (${error.message}).`);
    }
  }

  #problem(sentence: string): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(oneLine(sentence, PROBLEM_CHARACTERS_MAX));
  }
}
