import type { CauseCard } from '@vedette/wire/http';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { routes } from '../routes.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icons.tsx';
import { Since } from './since.tsx';

/** Cards before "show all": when much is down, the wall below must stay in view. */
const CARDS_FIRST = 3;

const LEVELS: Readonly<Record<CauseCard['level'], string>> = {
  switch: 'Switch',
  recorder: 'Recorder',
  site: 'Site',
  link: 'Link to',
};

/** One card for each cause that explains many cameras: "Switch SW-3: 38 of 40 cameras". The most cameras first. */
export function CauseCards({
  causes,
  chosen,
}: {
  readonly causes: readonly CauseCard[];
  /** Id of the card whose cameras alone are shown. */
  readonly chosen: string;
}): ReactNode {
  const [whole, setWhole] = useState(false);
  if (causes.length === 0) return null;
  const ordered = causes.toSorted((a, b) => b.affected - a.affected || b.sinceMs - a.sinceMs);
  const cards = ordered.filter((card, index) => whole || index < CARDS_FIRST || card.id === chosen);
  const more = causes.length - cards.length;
  return (
    <section aria-label="Causes" className="flex flex-col gap-2">
      <ul className="grid gap-2 wide:grid-cols-[repeat(auto-fit,minmax(24rem,1fr))]">
        {cards.map((card) => (
          <Card key={card.id} card={card} chosen={card.id === chosen} />
        ))}
      </ul>
      {more > 0 || whole ? (
        <p>
          <Button look="plain" onClick={() => setWhole(!whole)}>
            {whole ? 'Show fewer causes' : `Show ${more} more ${more === 1 ? 'cause' : 'causes'}`}
          </Button>
        </p>
      ) : null}
    </section>
  );
}

/** A longer rest of the reason is a sentence of its own. */
const TITLE_REST_MAX = 60;

/** The reason without "switch SW-3: 38 of 40 cameras", which the title says. */
function whatElse({ level, name, affected, total, reason }: CauseCard): string {
  const said = `${level} ${name}: ${affected} of ${total} cameras`;
  return reason.toLowerCase().startsWith(said.toLowerCase()) ? reason.slice(said.length).trim() : reason;
}

/** The rest of the reason, where the title has no room for it. */
export function causeSentence(card: CauseCard): string {
  const rest = whatElse(card);
  return rest.length < TITLE_REST_MAX ? '' : rest;
}

/** `Switch SW-3: 38 of 40 cameras give no pictures`. */
export function causeTitle(card: CauseCard): string {
  const title = `${LEVELS[card.level]} ${card.name}: ${card.affected} of ${card.total} ${card.total === 1 ? 'camera' : 'cameras'}`;
  const rest = whatElse(card);
  return rest.length < TITLE_REST_MAX ? `${title} ${rest}`.trimEnd() : title;
}

function Card({ card, chosen }: { readonly card: CauseCard; readonly chosen: boolean }): ReactNode {
  return (
    <li
      className={`flex flex-col gap-0.5 rounded-md border border-l-4 border-line border-l-bad bg-surface px-3 py-2 ${chosen ? 'outline-2 outline-accent' : ''}`}
    >
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="text-bad">
          <Icon name="error" />
        </span>
        <span className="text-[14px] font-semibold">{causeTitle(card)}</span>
        {card.site !== undefined && card.level !== 'site' ? <span className="text-ink2">at {card.site}</span> : null}
        <span className="ml-auto text-xs text-ink2">
          <Since ms={card.sinceMs} />
        </span>
      </p>
      {causeSentence(card) === '' ? null : <p>{causeSentence(card)}</p>}
      <p className="flex flex-wrap items-baseline gap-x-3 text-ink2">
        <span className="min-w-0 flex-1">{card.advice}</span>
        <Link
          href={chosen ? routes.fleet() : routes.fleet('wall', { cause: card.id })}
          className="text-accent underline underline-offset-2"
        >
          {chosen ? 'Show all cameras' : `Show its ${card.affected === 1 ? 'camera' : 'cameras'}`}
        </Link>
      </p>
    </li>
  );
}
