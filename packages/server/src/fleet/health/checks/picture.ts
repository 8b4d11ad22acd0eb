import type { PictureProblem } from '@vedette/agent';
import type { TroubleKind } from '@vedette/wire/http';
import type { PictureEvidence } from '../../evidence/index.ts';
import { FACT, type Fact } from '../../evidence/index.ts';
import type { EvidenceValue, Look } from '../look.ts';
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

/** What was measured of the picture, where it can speak for the problem. */
const FIGURES: Readonly<Partial<Record<PictureProblem, Fact>>> = {
  dark: FACT.camera_picture_luma,
  overexposed: FACT.camera_picture_luma,
  blurred: FACT.camera_picture_sharpness,
  bitrate_collapse: FACT.camera_bits_per_second,
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
      ...figureOf(look, finding),
    ]);
  }
}

function stampOf(look: Look, finding: PictureEvidence | undefined): number {
  return Math.floor((finding?.atMs ?? look.about.evidence.heardAtMs) / SAMPLE_SPACING_MS);
}

/**
 * The figure that speaks for the finding. A page goes on telling what the last picture was like: what was measured before somebody else
 * found something says nothing about it.
 */
function figureOf(look: Look, { problem, source, sinceMs }: PictureEvidence): readonly EvidenceValue[] {
  const fact = FIGURES[problem];
  if (fact === undefined) return [];
  const value = look.fresh(fact);
  const isOfFinding = source === 'picture' || look.about.evidence.newSinceMs(fact) >= sinceMs;
  return isOfFinding && !Number.isNaN(value) ? [{ fact, value }] : [];
}

const PROBLEMS = Object.keys(WORDS) as (PictureProblem & TroubleKind)[];
