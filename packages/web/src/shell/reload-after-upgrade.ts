const STORAGE_KEY = 'vedette.reloaded-at';

/** A second reload within this time would not help: the files are really missing. */
const AGAIN_MS = 30_000;

/** A page that stayed open over an upgrade asks for files that no longer exist: it loads itself anew, once. */
export function reloadAfterUpgrade(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(STORAGE_KEY) ?? 0);
    if (Date.now() - last < AGAIN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(STORAGE_KEY, String(Date.now()));
    window.location.reload();
  });
}
