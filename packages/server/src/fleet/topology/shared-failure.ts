import type { FailureReason } from '@vedette/agent';
import type { TroubleKind } from '@vedette/wire/http';
import type { Hit } from './roll-up.ts';

/** What it means that the probes of many cameras fail for one reason that neither power nor uplink of their parent explains. */
export interface SharedFailure {
  readonly kind: TroubleKind;
  /** Goes on after "20 of 20 cameras". */
  readonly words: string;
  readonly advice: string;
}

/** Other reasons are what a switch, a recorder or a site that is down looks like. */
const SHARED: ReadonlyMap<string, SharedFailure> = new Map<FailureReason, SharedFailure>([
  [
    'tls',
    {
      kind: 'tls',
      words: 'fail over TLS: certificate or handshake is refused',
      advice:
        'Look at the certificates that they share or that were made together: dates and issuer, and the clock of the machine that probes; renew them, or set insecure_tls where cameras sign their own.',
    },
  ],
  [
    'path',
    {
      kind: 'path',
      words: 'do not know their stream address',
      advice:
        'Compare the stream address of one of them with what it offers: a firmware update, or a change of a template, renamed it for all of them.',
    },
  ],
  [
    'session_limit',
    {
      kind: 'session_limit',
      words: 'have no free session',
      advice: 'Look who reads from all of them, a second recorder or a video wall, and let it read from the recorder.',
    },
  ],
  [
    'no_video',
    {
      kind: 'no_video',
      words: 'send a stream without video',
      advice: 'Look at the encoder profile that they share: the stream that is asked for has no video track.',
    },
  ],
  [
    'dns',
    {
      kind: 'offline',
      words: 'have a name that does not resolve',
      advice: 'Look at the name servers of the machine that probes; the cameras may be well.',
    },
  ],
  [
    'no_credentials',
    {
      kind: 'credentials',
      words: 'ask for credentials, and none are known for them',
      advice:
        'Put credentials into their entries in the inventory or into their template; where there are some, look whether the variable is set or the file can be read.',
    },
  ],
]);

/** A few that fail in another way do not make it another cause. */
const NEARLY_ALL = 0.9;
/** What was told of the cause goes on while so many still say it, so that its words do not come and go. */
const HOLD = 0.5;

/** The reason for which the probes of all hits, or nearly all, fail; undefined: they fail in several ways, or as behind a parent that is down. */
export function sharedFailure(hits: readonly Hit[], before: string | undefined): string | undefined {
  const counts = new Map<string, number>();
  for (const { failure } of hits)
    if (failure !== undefined && SHARED.has(failure)) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  for (const [failure, count] of counts)
    if (count >= (failure === before ? HOLD : NEARLY_ALL) * hits.length) return failure;
  return undefined;
}

export function sharedWords(failure: string | undefined): SharedFailure | undefined {
  return failure === undefined ? undefined : SHARED.get(failure);
}
