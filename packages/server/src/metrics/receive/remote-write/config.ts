import { z } from 'zod';
import { sizeBytes } from '../../../base/config-schema.ts';

/** A Prometheus sender's body is below 1 MiB by default; this leaves room for large batches. */
const COMPRESSED_MAX_BYTES = 32 * 1024 * 1024;
/** Remote-write text compresses about 4:1; a larger ratio is a bomb or a mistake. */
const DECODED_MAX_BYTES = 128 * 1024 * 1024;
/** Bodies being received or decoded at once; protects the process when many senders come back together. */
const IN_FLIGHT_MAX_BYTES = 256 * 1024 * 1024;

const MESSAGES = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'] as const;

export const remoteWriteSchema = z
  .strictObject({
    /** Largest request body, compressed. */
    body_size_max: sizeBytes.default(COMPRESSED_MAX_BYTES),
    /** Largest request body, decompressed. */
    decoded_size_max: sizeBytes.default(DECODED_MAX_BYTES),
    /** Bytes of all requests in progress; more are answered 503. */
    in_flight_size_max: sizeBytes.default(IN_FLIGHT_MAX_BYTES),
    /** Messages that are taken; a sender of another gets 415. */
    accepted_protobuf_messages: z
      .array(z.enum(MESSAGES, { error: `must be ${MESSAGES.join(' or ')}` }))
      .min(1, { error: 'must name at least one message' })
      .default([...MESSAGES]),
  })
  .prefault({});

export type RemoteWriteConfig = z.output<typeof remoteWriteSchema>;
