import type { Figure } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../../routes.ts';
import { useTime } from '../../time/time-context.tsx';
import { Ago } from '../../ui/ago.tsx';
import { Section } from '../section.tsx';
import { TIMESTAMP_UNIT, chartUnit, figureText } from './figure-unit.ts';
import { MiniChart } from './mini-chart.tsx';

/** What the camera delivers beside what is expected of it. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }): ReactNode {
  return (
    <Section title="Live figures">
      {figures.length === 0 ? (
        <p className="text-ink2">Nothing was measured of late. Figures come with the first probe that sees video.</p>
      ) : (
        <ul className="grid gap-3 wide:grid-cols-[repeat(auto-fill,minmax(19rem,1fr))]">
          {figures.map((figure) => (
            <FigureCard key={figure.name} figure={figure} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function FigureCard({ figure }: { readonly figure: Figure }): ReactNode {
  const { raw } = useTime();
  const stamp = figure.unit === TIMESTAMP_UNIT;
  // A moment is drawn as its age.
  const query = stamp ? `time() - ${figure.query}` : figure.query;
  return (
    <li className="flex min-w-0 flex-col gap-1 rounded border border-line p-2">
      <p className="flex flex-wrap items-baseline justify-end gap-x-2">
        <Link
          href={routes.explore({ queries: [query], ...raw })}
          title="Open in Explore"
          className="mr-auto text-ink2 hover:text-ink hover:underline"
        >
          {figure.name}
        </Link>
        <span className="num text-[15px] font-semibold">
          {stamp ? <Ago ms={figure.value * 1000} /> : figureText(figure.value, figure.unit)}
        </span>
        {figure.expected === undefined ? null : (
          <span className="num text-xs text-ink2">expected {figureText(figure.expected, figure.unit)}</span>
        )}
      </p>
      <MiniChart
        query={query}
        title={figure.name}
        unit={stamp ? 's' : chartUnit(figure.unit)}
        expected={figure.expected}
      />
    </li>
  );
}
