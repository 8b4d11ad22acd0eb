// In: every batch of samples on its way to the store. Out: what is known about each camera of the inventory (CameraEvidence) and about what
// cameras share (SharedEvidence). EVIDENCE_SERIES says which names count; the listener costs other series one look-up.
export { CameraEvidence, type PictureEvidence, type StreamInfo } from './camera-evidence.ts';
export { EVIDENCE_SERIES } from './evidence-series.ts';
export { FACT, FACTS, type Fact, factName } from './facts.ts';
export { EvidenceListener, OWN_SOURCE } from './listener.ts';
export { Roster, type Watched } from './roster.ts';
export { seedEvidence } from './seed.ts';
export {
  DECODER_FULL_RATIO,
  DRIFT_MAJOR,
  type DriftEvidence,
  GPU_LABELS,
  QUEUE_FULL_RATIO,
  SharedEvidence,
  type Told,
} from './shared-evidence.ts';
