'use strict';
// Loads one CommonJS file with V8's code cache: what `module.enableCompileCache()` does on Node 22, for Node 20.
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const vm = require('node:vm');

const CACHE_PREFIX = 'code-cache-';

/** The exports of `file`. Its compiled form is kept in `folder`, which exists; one of another Node or of other flags is made anew. */
function loadBundle(file, folder) {
  const { text, state } = readWithState(file);
  // V8 itself compares only its version, its flags and the length of the source.
  const cacheFile = path.join(folder, CACHE_PREFIX + state);
  const cachedData = readIfThere(cacheFile);
  const source = `(function (exports, require, module, __filename, __dirname) {${text}\n})`;
  const script = new vm.Script(source, { filename: file, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  if (cachedData === undefined || script.cachedDataRejected) keepCache(cacheFile, script.createCachedData());
  return module.exports;
}

/** Of one open file, so that a build that replaces it meanwhile cannot mix two. */
function readWithState(file) {
  const opened = fs.openSync(file, 'r');
  try {
    const { ino, size, mtimeMs } = fs.fstatSync(opened);
    return { text: fs.readFileSync(opened, 'utf8'), state: `${ino}-${size}-${Math.round(mtimeMs * 1000)}` };
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

/** Replaces the caches of earlier bundles. Where the folder cannot be written every start compiles, a sixth of a second, and works. */
function keepCache(file, data) {
  const folder = path.dirname(file);
  const partial = path.join(folder, `partial-${process.pid}`);
  try {
    fs.writeFileSync(partial, data);
    fs.renameSync(partial, file);
    for (const name of fs.readdirSync(folder))
      if (name.startsWith(CACHE_PREFIX) && name !== path.basename(file))
        fs.rmSync(path.join(folder, name), { force: true });
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(error.code)) throw error;
    fs.rmSync(partial, { force: true });
  }
}

module.exports = { loadBundle };
