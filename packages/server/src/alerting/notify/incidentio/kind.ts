import type { ReceiverKind } from '../receiver-kind.ts';
import { type IncidentioConfig, incidentioConfig } from './config.ts';
import { incidentioNotifier } from './incidentio.ts';

export const INCIDENTIO: ReceiverKind<IncidentioConfig> = {
  key: 'incidentio_configs',
  integration: 'incidentio',
  schema: incidentioConfig,
  open: incidentioNotifier,
};
