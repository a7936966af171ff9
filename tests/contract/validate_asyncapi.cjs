// Prints what AsyncAPI's own parser says about a document, as a JSON array of {severity, code, path, message}.
// Severity 0 is an error, 1 a warning. Run where @asyncapi/parser is installed: node validate_asyncapi.cjs FILE
const { createRequire } = require("node:module");
const path = require("node:path");
const { Parser, fromFile } = createRequire(path.join(process.cwd(), "package.json"))("@asyncapi/parser");

const parser = new Parser();
fromFile(parser, process.argv[2])
  .parse()
  .then(({ diagnostics }) => {
    const found = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message }));
    process.stdout.write(JSON.stringify(found));
  })
  .catch((error) => {
    process.stderr.write(String(error));
    process.exitCode = 1;
  });
