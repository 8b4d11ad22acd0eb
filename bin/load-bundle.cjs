'use strict';
// Loads one CommonJS module with V8's code cache: what `module.enableCompileCache()` does on Node 22, for Node 20.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const CACHE_PREFIX = 'code-cache-';

/**
 * `file` holds `(function (exports, require, module, __filename, __dirname) {...})` in ASCII: to V8 it is one piece of memory outside the
 * heap, neither decoded nor put together. The exports of the module, and `keep`, which writes what has been compiled by then into `folder`, which exists, for the next who loads it for
 * the same `purpose`. A compiled form of another Node or of other flags is made anew.
 */
function loadBundle(file, folder, purpose) {
  const { text, state } = readWithState(file);
  const prefix = `${CACHE_PREFIX}${purpose}-`;
  // V8 itself compares only its version, its flags and the length of the source.
  const cacheFile = path.join(folder, prefix + state);
  const cachedData = readIfThere(cacheFile);
  const script = new vm.Script(text, { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  const isKept = cachedData !== undefined && !script.cachedDataRejected;
  return {
    exports: module.exports,
    keep: () => {
      if (!isKept) keepCache(folder, prefix, state, script.createCachedData());
    },
  };
}

/** Of one open file, so that a build that replaces it meanwhile cannot mix two. */
function readWithState(file) {
  const opened = fs.openSync(file, 'r');
  try {
    const { ino, size, mtimeMs } = fs.fstatSync(opened);
    return { text: fs.readFileSync(opened, 'latin1'), state: `${ino}-${size}-${Math.round(mtimeMs * 1000)}` };
  } finally {
    fs.closeSync(opened);
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the cache of an earlier bundle. Where the folder cannot be written every start compiles, a sixth of a second, and works. */
function keepCache(folder, prefix, state, data) {
  const partial = path.join(folder, `partial-${process.pid}`);
  try {
    fs.writeFileSync(partial, data);
    fs.renameSync(partial, path.join(folder, prefix + state));
    for (const name of fs.readdirSync(folder))
      if (name.startsWith(prefix) && name !== prefix + state) fs.rmSync(path.join(folder, name), { force: true });
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(error.code)) throw error;
    fs.rmSync(partial, { force: true });
  }
}

module.exports = { loadBundle };
