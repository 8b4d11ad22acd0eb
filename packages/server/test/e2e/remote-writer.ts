import { type EncodedSeries, encodeWriteRequest } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import { Labels } from '../../src/model/labels.ts';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly value: number;
}

/** One remote-write 1.0 request; resolves with the answer, rejects when the connection breaks. */
export async function remoteWrite(url: string, samples: readonly Sample[]): Promise<{ status: number; body: string }> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: compressSnappy(encodeWriteRequest(samples.map(encodable))),
  });
  return { status: response.status, body: await response.text() };
}

function encodable({ labels, timestampMs, value }: Sample): EncodedSeries {
  return { labelPairs: Labels.fromObject(labels).pairs, timestampMs: [timestampMs], value: Float64Array.of(value) };
}
