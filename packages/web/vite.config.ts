import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { type Plugin, defineConfig } from 'vite';

/** Below this a compressed twin saves no packet. */
const PRECOMPRESS_BYTES_MIN = 1_024;

/** Writes .br and .gz beside every text file of the build, so that the server compresses nothing while it runs. */
function precompress(): Plugin {
  return {
    name: 'vedette-precompress',
    apply: 'build',
    writeBundle: ({ dir }, bundle) => {
      if (dir === undefined) return;
      for (const file of Object.values(bundle)) {
        if (!/\.(?:js|css|html|svg|json)$/.test(file.fileName)) continue;
        const content = Buffer.from(file.type === 'chunk' ? file.code : file.source);
        if (content.length < PRECOMPRESS_BYTES_MIN) continue;
        const path = join(dir, file.fileName);
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), precompress()],
  build: {
    target: 'es2022',
    manifest: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Advice about the build's own plugins is not for people who start Vedette.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
