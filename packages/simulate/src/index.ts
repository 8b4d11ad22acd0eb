/**
 * The fleet to practise on: cameras as real servers on loopback that play a short clip, recorders and services with believable metrics,
 * and faults on a schedule. One truth about every camera at every moment; servers and pages follow it.
 */
export type { Clock } from './clock.ts';
export { CAMERAS_MAX, type FleetPlan, type PlannedCamera, planFleet } from './fleet/plan.ts';
export { CAMERA_USERNAME } from './fleet/camera-streams.ts';
export { type CameraTruth, cameraTruth } from './fleet/camera-truth.ts';
export {
  FAULT_KINDS,
  FAULT_TROUBLE,
  type Fault,
  type FaultKind,
  type FaultSpec,
  type FaultTarget,
  type FaultWindow,
} from './faults/fault.ts';
export { demoScript } from './faults/demo-script.ts';
export { FaultScriptError, readFaultScript } from './faults/read-script.ts';
export { FaultSchedule } from './faults/schedule.ts';
export { loadClips } from './clip/clips.ts';
export { FleetServices } from './services/fleet-services.ts';
export type { FleetView, SimulatedService } from './services/service.ts';
export { type ServiceEvent, EventStream } from './services/event-stream.ts';
export { yamlText } from './output/yaml-text.ts';
export {
  LOOPBACK,
  type Simulation,
  type SimulationAddresses,
  type SimulationOptions,
  openSimulation,
} from './simulation.ts';
