import type { PictureProblem } from '@vedette/agent';
import type { TroubleKind } from '@vedette/wire/http';
import type { PictureEvidence } from '../../evidence/index.ts';
import { FACT } from '../../evidence/index.ts';
import type { Look } from '../look.ts';
import { Sign } from '../sign.ts';

const WORDS: Readonly<Record<PictureProblem, string>> = {
  frozen: 'The picture stands still although the stream runs',
  dark: 'The picture is black or covered',
  overexposed: 'The picture is over-exposed',
  blurred: 'The picture is blurred against what this camera usually shows',
  moved: 'The camera shows another scene than before',
  colour_cast: 'The picture has a colour cast',
  bitrate_collapse: 'The bit rate has collapsed against what this camera usually sends',
};

/** How it was seen. */
const SOURCES: Readonly<Record<string, string>> = {
  packets: 'by packet sizes',
  picture: 'by its pictures',
  device: 'as the camera itself says',
};

/** Each sample of a finding is an observation, at most one in this time: as often as probes' pages are scraped. */
const SAMPLE_SPACING_MS = 5_000;

/**
 * What is wrong with the picture while the stream runs. Who watches pictures here says so only after more than one look, and until another
 * look takes it back: its word counts at once. That of anybody else must stand for more than one sample.
 */
export function checkPicture(look: Look): void {
  const { evidence, policy, atMs } = look.about;
  const byProblem = new Map<PictureProblem, PictureEvidence>();
  for (const finding of evidence.findings.values()) {
    if (atMs - finding.atMs <= policy.staleAfterMs && !byProblem.has(finding.problem))
      byProblem.set(finding.problem, finding);
  }
  for (const problem of PROBLEMS) {
    const finding = byProblem.get(problem);
    const known = look.memory.signs.get(problem);
    if (!finding && !known) continue;
    const sign = known ?? new Sign(0);
    const confirmed = finding !== undefined && Object.hasOwn(SOURCES, finding.source);
    const hysteresis = confirmed ? { ...policy.picture, bad: 1 } : policy.picture;
    sign.observe(finding !== undefined, stampOf(look, finding), atMs, hysteresis);
    // It began when it was first said.
    if (finding && sign.sinceMs > finding.sinceMs) sign.sinceMs = finding.sinceMs;
    look.keep(problem, sign);
    if (!finding) {
      // Over only after some good observations: it is shown until then.
      look.tell(problem, look.memory.signs.get(problem), `${WORDS[problem]}, until a moment ago`, []);
      continue;
    }
    const seen = SOURCES[finding.source];
    look.tell(problem, sign, `${WORDS[problem]}${seen === undefined ? '' : ` (${seen})`}`, [
      { series: 'camera_picture_problem', value: 1, expected: `none; problem=${problem}, source=${finding.source}` },
      ...(problem === 'dark' || problem === 'overexposed' ? value(look, FACT.camera_picture_luma) : []),
      ...(problem === 'blurred' ? value(look, FACT.camera_picture_sharpness) : []),
      ...(problem === 'bitrate_collapse' ? value(look, FACT.camera_bits_per_second) : []),
    ]);
  }
}

function stampOf(look: Look, finding: PictureEvidence | undefined): number {
  return Math.floor((finding?.atMs ?? look.about.evidence.heardAtMs) / SAMPLE_SPACING_MS);
}

function value(
  look: Look,
  fact: typeof FACT.camera_picture_luma | typeof FACT.camera_picture_sharpness | typeof FACT.camera_bits_per_second,
): { readonly fact: typeof fact; readonly value: number }[] {
  const known = look.fresh(fact);
  return Number.isNaN(known) ? [] : [{ fact, value: known }];
}

const PROBLEMS = Object.keys(WORDS) as (PictureProblem & TroubleKind)[];
