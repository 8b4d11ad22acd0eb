/** The fleet to practise on: real servers on loopback that play a short clip and can be made to fail. */
export { CAMERAS_MAX, planFleet } from './fleet/plan.ts';
export { CAMERA_USERNAME } from './fleet/camera-streams.ts';
export { FAULT_KINDS, FAULT_TROUBLE, type FaultKind, type FaultSpec } from './faults/fault.ts';
export { FaultScriptError, readFaultScript } from './faults/read-script.ts';
export { LOOPBACK, type Simulation, type SimulationOptions, openSimulation } from './simulation.ts';
