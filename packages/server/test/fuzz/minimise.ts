/** The smallest input found in the time that still fails, by leaving out ever smaller pieces. */
export async function minimise(
  input: string,
  fails: (smaller: string) => Promise<boolean>,
  budgetMs: number,
): Promise<string> {
  const until = performance.now() + budgetMs;
  let smallest = input;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length;) {
      if (performance.now() > until) return smallest;
      const smaller = smallest.slice(0, at) + smallest.slice(at + size);
      if (await fails(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}
