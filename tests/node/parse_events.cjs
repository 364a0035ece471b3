#!/usr/bin/env node
// SPDX-License-Identifier: ISC
// parse_events.cjs DIRECTORY: reads CloudEvents in structured JSON mode, one a line, with the
// cloudevents SDK of DIRECTORY/node_modules, strictly.  Answers each with a line of JSON:
// {"event": as the SDK has it} or {"error": its words}.
process.env.CE_USE_BIG_INT = 'true';    // a rev has up to 63 bits
const { createRequire } = require('node:module');
const { createInterface } = require('node:readline');
const load = createRequire(`${process.argv[2]}/`);
const { CloudEvent, HTTP, ValidationError } = load('cloudevents');
const { stringify } = load('json-bigint')({ useNativeBigInt: true });

function parse(body) {
	const message = { headers: { 'content-type': 'application/cloudevents+json' }, body };
	const event = HTTP.toEvent(message);
	if (event.validate() !== true)
		throw new ValidationError('not validated');
	new CloudEvent(event, true);    // names of extensions, too
	return event;
}

createInterface({ input: process.stdin }).on('line', (line) => {
	let answer;
	try {
		answer = { event: parse(line).toJSON() };
	} catch (error) {
		answer = { error: `${error.name}: ${error.message}` };
	}
	console.log(stringify(answer));
});
