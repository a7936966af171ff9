// Prints what AsyncAPI's own parser says about each document: a JSON array of arrays of {severity, code, path, message}.
// Severity 0 is an error. Run where @asyncapi/parser is installed: node validate_asyncapi.cjs FILE...
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { Parser, fromFile } = createRequire(join(process.cwd(), "package.json"))("@asyncapi/parser");

async function problems(file) {
  const { diagnostics } = await fromFile(new Parser(), file).parse();
  return diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message }));
}

async function main(files) {
  const found = [];
  for (const file of files) found.push(await problems(file));
  process.stdout.write(JSON.stringify(found));
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(String(error));
  process.exitCode = 1;
});
