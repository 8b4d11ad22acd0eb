import { VedetteError } from '../base/errors.ts';
import { RULE_FILE_BYTES_MAX } from '../rules/index.ts';

/** All of standard input as text. Throws CONFIG_UNREADABLE for what is too large or no UTF-8. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > RULE_FILE_BYTES_MAX)
      throw new VedetteError(
        'CONFIG_UNREADABLE',
        `standard input has more than ${RULE_FILE_BYTES_MAX} bytes; split it`,
      );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', 'standard input is not UTF-8', { cause: error });
  }
}
