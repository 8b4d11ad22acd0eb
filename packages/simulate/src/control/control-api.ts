import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Fault, FaultSpec } from '../faults/fault.ts';
import { FaultScriptError, readFaultScript } from '../faults/read-script.ts';
import type { FaultSchedule } from '../faults/schedule.ts';
import { cameraTruth } from '../fleet/camera-truth.ts';
import type { FleetPlan } from '../fleet/plan.ts';
import { answer, answerJson, readBody } from '../http/answers.ts';
import type { HttpHandler } from '../http/http-listener.ts';

export interface ControlOptions {
  readonly plan: FleetPlan;
  readonly faults: FaultSchedule;
  readonly clock: Clock;
  readonly startedMs: number;
  /** What is listening where, for `GET /`. */
  readonly addresses: () => Readonly<Record<string, string>>;
}

/**
 * The simulation's own address: `GET /` what runs where, `GET /faults`, `POST /faults` (one, or a list; `at` counts from now), `DELETE
 * /faults/<id>`, `DELETE /faults`, `GET /cameras`, `GET /cameras/<id>` with how the camera really is.
 */
export function controlApi(options: ControlOptions): HttpHandler {
  const { plan, faults, clock } = options;
  return async (request, response, path) => {
    const { method = 'GET' } = request;
    const [, collection, id] = path.split('/');
    if (path === '/' && method === 'GET') {
      answerJson(response, 200, {
        simulation: true,
        seed: plan.seed,
        started_at: new Date(options.startedMs).toISOString(),
        cameras: plan.cameras.length,
        addresses: options.addresses(),
      });
    } else if (collection === 'faults' && method === 'GET') {
      answerJson(response, 200, { faults: faults.faults.map((fault) => shown(fault, options)) });
    } else if (collection === 'faults' && method === 'POST') {
      const { status, value } = await addFaults(request, options);
      answerJson(response, status, value);
    } else if (collection === 'faults' && method === 'DELETE') {
      const now = clock.now();
      if (id === undefined || id === '') {
        for (const fault of faults.faults) faults.end(fault.id, now);
        answer(response, 204, 'application/json', '');
      } else if (faults.end(id, now)) answer(response, 204, 'application/json', '');
      else answerJson(response, 404, { error: `there is no fault ${id}` });
    } else if (collection === 'cameras' && method === 'GET') {
      const cameras = id === undefined || id === '' ? plan.cameras : plan.cameras.filter((camera) => camera.id === id);
      if (cameras.length === 0) answerJson(response, 404, { error: `there is no camera ${id}` });
      else {
        const list = cameras.map((camera) => ({
          id: camera.id,
          site: camera.site,
          switch: camera.switch,
          recorder: camera.recorder,
          protocol: camera.protocol,
          codec: camera.model.codec,
          truth: cameraTruth(camera, faults, clock.now()),
          faults: faults.at(camera.id, clock.now()).map(({ fault }) => fault.spec.kind),
        }));
        answerJson(response, 200, id === undefined || id === '' ? { cameras: list } : list[0]);
      }
    } else {
      answerJson(response, 404, { error: 'known are /, /faults, /faults/<id>, /cameras, /cameras/<id>' });
    }
  };
}

async function addFaults(
  request: IncomingMessage,
  options: ControlOptions,
): Promise<{ readonly status: number; readonly value: unknown }> {
  // A page in a browser cannot send this type without asking first, and is not answered then.
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    return { status: 415, value: { error: 'send faults as application/json' } };
  }
  const body = await readBody(request);
  if (body === undefined) return { status: 413, value: { error: 'too long' } };
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return { status: 400, value: { error: 'not JSON' } };
  }
  const isMany = Array.isArray(given) || (typeof given === 'object' && given !== null && 'faults' in given);
  try {
    const elapsedMs = options.clock.now() - options.startedMs;
    const specs = readFaultScript(isMany ? given : [given]);
    const added = specs.map((spec: FaultSpec) => options.faults.add({ ...spec, atMs: spec.atMs + elapsedMs }));
    return { status: 201, value: { faults: added.map((fault) => shown(fault, options)) } };
  } catch (error) {
    if (error instanceof FaultScriptError) return { status: 400, value: { error: error.message } };
    throw error;
  }
}

function shown(fault: Fault, { faults, clock, startedMs }: ControlOptions): unknown {
  const window = faults.window(fault, clock.now());
  return {
    id: fault.id,
    kind: fault.spec.kind,
    cameras: [...fault.cameraIds],
    begins_at: new Date(startedMs + fault.spec.atMs).toISOString(),
    active: window !== undefined,
    ...(window && Number.isFinite(window.toMs) ? { ends_at: new Date(window.toMs).toISOString() } : {}),
  };
}
