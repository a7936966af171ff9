// Prints what is wrong with each custom resource on standard input, a JSON array: an array of messages, "" where nothing
// is. By the schemas of KEDA and of the Prometheus operator, out of @kubernetes-models. Run where those are installed.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";

const PACKAGES = { "keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator" };

async function problem(resource) {
  const [group, version] = resource.apiVersion.split("/");
  const index = join(process.cwd(), "node_modules", "@kubernetes-models", PACKAGES[group], group, version, "index.js");
  const Model = (await import(pathToFileURL(index)))[resource.kind];
  if (!Model) return `no ${resource.kind} in ${resource.apiVersion}`;
  try {
    new Model(resource).validate();
    return "";
  } catch (error) {
    return `${resource.kind} ${resource.metadata.name}: ${error.message}`;
  }
}

const found = [];
for (const resource of JSON.parse(await text(process.stdin))) found.push(await problem(resource));
process.stdout.write(JSON.stringify(found));
