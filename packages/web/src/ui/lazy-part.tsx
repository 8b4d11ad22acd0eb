import { type ComponentType, type ReactNode, lazy, useState } from 'react';

export interface LazyPart<Props extends object> {
  (props: Props): ReactNode;
  /** Loads it ahead; rejects when its file cannot be had. */
  readonly preload: () => Promise<void>;
}

/**
 * A component in a file of its own. What was loaded ahead is drawn at once: React shows the stand-in of a suspended part for at
 * least 300 ms, however soon the part itself is there.
 */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>): LazyPart<Props> {
  let ready: ComponentType<Props> | undefined;
  const preload = async (): Promise<void> => {
    ready ??= await load();
  };
  const Lazy = lazy(async () => ({ default: await load() })) as unknown as ComponentType<Props>;
  // Chosen once: another component in the same place would lose its state.
  const Part = (props: Props): ReactNode => {
    const [Loaded] = useState((): ComponentType<Props> => ready ?? Lazy);
    return <Loaded {...props} />;
  };
  return Object.assign(Part, { preload });
}
