// split-reviews.js FIXTURES_DIR OUT_DIR: amazon.json, imdb.json and yelp.json become train.jsonl and
// test.jsonl. From each source a fifth goes to the test file. Records are ordered by a hash of source,
// text and position, so the split is the same everywhere. A text that occurs more than once in a
// source is kept in training, so that no test text was trained on.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const LABELS = ['negative', 'positive'];

function fail(message) {
  console.error('split-reviews: ' + message);
  process.exit(1);
}

function read(dir, source) {
  const file = path.join(dir, source + '.json');
  let records;
  try {
    records = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (e) {
    fail(`${file}: ${e.message}`);
  }
  const good = records.filter((r) => r.text && r.text.trim() && LABELS[r.class] !== undefined);
  if (good.length === 0) fail(`${file}: no labelled text`);
  const dropped = records.length - good.length;
  console.error(`${source}: ${good.length} sentences (${dropped} without text or label dropped)`);
  return good.map((r, i) => ({
    order: crypto.createHash('sha256').update(`${source}\n${i}\n${r.text}`).digest('hex'),
    record: {text: r.text.trim(), label: LABELS[r.class], source},
  }));
}

const byOrder = (a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);

function split(rows) {
  const count = new Map();
  const key = (row) => row.record.text.toLowerCase();
  for (const row of rows) count.set(key(row), (count.get(key(row)) || 0) + 1);
  const unique = rows.filter((row) => count.get(key(row)) === 1).sort(byOrder);
  const test = new Set(unique.slice(0, Math.round(rows.length / 5)));
  return {test: [...test], train: rows.filter((row) => !test.has(row))};
}

function write(file, rows) {
  const lines = rows.sort(byOrder).map((row) => JSON.stringify(row.record) + '\n');
  fs.writeFileSync(file + '.tmp', lines.join(''));
  fs.renameSync(file + '.tmp', file);
  const positive = rows.filter((row) => row.record.label === 'positive').length;
  console.error(`${file}: ${rows.length} records, ${positive} positive`);
}

const [dir, out] = process.argv.slice(2);
if (!dir || !out) fail('usage: split-reviews.js FIXTURES_DIR OUT_DIR');
const splits = ['amazon', 'imdb', 'yelp'].map((source) => split(read(dir, source)));
fs.mkdirSync(out, {recursive: true});
write(path.join(out, 'train.jsonl'), splits.flatMap((s) => s.train));
write(path.join(out, 'test.jsonl'), splits.flatMap((s) => s.test));
