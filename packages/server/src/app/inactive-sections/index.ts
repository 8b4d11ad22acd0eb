import { z } from 'zod';
import { type OtlpConfig, checkTranslation, otlpSchema } from './otlp.ts';
import { remoteReadSchema } from './remote-read.ts';
import { tracingSchema } from './tracing.ts';

/**
 * Sections of Prometheus that this version reads and does not act on. They are checked as Prometheus checks them, so that a
 * file found good here is good there. The configuration schema takes the shape; who loads a file warns of each section in it.
 */
export const INACTIVE_SECTIONS = {
  remote_read: 'nothing is read from other servers',
  tracing: 'Vedette sends no traces of itself',
  otlp: 'OTLP is not received by this version',
  runtime: 'the settings are for the Go runtime',
} as const;

export const inactiveShape = {
  remote_read: remoteReadSchema,
  tracing: tracingSchema,
  otlp: otlpSchema,
  runtime: z.unknown().optional(),
} satisfies Record<keyof typeof INACTIVE_SECTIONS, z.ZodType>;

/** The rules between these sections and others. */
export function checkInactive(
  sections: {
    readonly global: { readonly metric_name_validation_scheme?: string | undefined };
    readonly otlp?: OtlpConfig | undefined;
  },
  context: z.core.$RefinementCtx,
): void {
  checkTranslation(sections.otlp, sections.global.metric_name_validation_scheme, context);
}
