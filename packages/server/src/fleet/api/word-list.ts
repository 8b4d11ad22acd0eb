/** Texts that repeat, each once. */
export class WordList {
  readonly words: string[] = [];
  readonly #index = new Map<string, number>();

  indexOf(word: string): number {
    const known = this.#index.get(word);
    if (known !== undefined) return known;
    const index = this.words.length;
    this.words.push(word);
    this.#index.set(word, index);
    return index;
  }
}
