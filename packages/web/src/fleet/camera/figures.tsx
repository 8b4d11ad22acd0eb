import type { Figure } from '@vedette/wire/http';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { routes } from '../../routes.ts';
import { useTime } from '../../time/time-context.tsx';
import { Section } from '../section.tsx';
import { chartUnit, figureText } from './figure-unit.ts';
import { MiniChart } from './mini-chart.tsx';

/** What the camera delivers beside what is expected of it. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }): ReactNode {
  const { raw } = useTime();
  return (
    <Section title="Live figures">
      {figures.length === 0 ? (
        <p className="text-ink2">Nothing was measured yet. Figures come with the first probe that sees video.</p>
      ) : (
        <ul className="grid gap-3 wide:grid-cols-[repeat(auto-fill,minmax(19rem,1fr))]">
          {figures.map((figure) => (
            <li key={figure.name} className="flex min-w-0 flex-col gap-1 rounded border border-line p-2">
              <p className="flex items-baseline gap-2">
                <Link
                  href={routes.explore({ queries: [figure.query], ...raw })}
                  title="Open in Explore"
                  className="text-ink2 hover:text-ink hover:underline"
                >
                  {figure.name}
                </Link>
                <span className="num ml-auto text-[15px] font-semibold">{figureText(figure.value, figure.unit)}</span>
                {figure.expected === undefined ? null : (
                  <span className="num text-xs text-ink2">of {figureText(figure.expected, figure.unit)}</span>
                )}
              </p>
              <MiniChart
                query={figure.query}
                title={figure.name}
                unit={chartUnit(figure.unit)}
                expected={figure.expected}
              />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
