// Turns proto/*.proto into what the services import (git-ignored, made by every build):
//   generated/proto.js, .d.ts      message classes            (pbjs)
//   generated/services.js, .d.ts   service definitions        (nice-grpc's plain form)
//   generated/descriptors.bin      descriptor set             (protoc; for server reflection)
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'generated');
const protos = ['catalog.proto', 'order.proto'];
const require = createRequire(import.meta.url);

const packageRoot = (name) => dirname(require.resolve(`${name}/package.json`));
const run = (script, args) =>
  execFileSync(process.execPath, [script, ...args], {
    cwd: join(root, 'proto'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });

/** `google.protobuf.Empty` → `$proto.google.protobuf.Empty`, `OrderRequest` → `$proto.OrderRequest`. */
const messagePath = (type) => `$proto${type.fullName}`;
const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

const codecSource = (type) => `codec(${messagePath(type)})`;
const codecType = (type) => `Codec<${messagePath(type)}.$Properties>`;

function methodSource(method) {
  return `    ${lowerFirst(method.name)}: {
      name: '${method.name}',
      requestType: ${codecSource(method.resolvedRequestType)},
      requestStream: ${Boolean(method.requestStream)},
      responseType: ${codecSource(method.resolvedResponseType)},
      responseStream: ${Boolean(method.responseStream)},
      options: {},
    },`;
}

function methodTypes(method) {
  return `    readonly ${lowerFirst(method.name)}: {
      readonly name: '${method.name}';
      readonly requestType: ${codecType(method.resolvedRequestType)};
      readonly requestStream: ${Boolean(method.requestStream)};
      readonly responseType: ${codecType(method.resolvedResponseType)};
      readonly responseStream: ${Boolean(method.responseStream)};
      readonly options: {};
    };`;
}

function writeServices() {
  const schema = new protobuf.Root();
  schema.resolvePath = (_origin, target) =>
    target.startsWith('google/') ? join(packageRoot('protobufjs'), target) : join(root, 'proto', target);
  schema.loadSync(protos).resolveAll();
  const services = schema.nestedArray.filter((entry) => entry instanceof protobuf.Service);
  const messages = schema.nestedArray
    .filter((entry) => entry instanceof protobuf.Type)
    .map((type) => type.name);
  const js = services.map(
    (service) => `export const ${service.name} = {
  name: '${service.name}',
  fullName: '${service.fullName.slice(1)}',
  methods: {
${service.methodsArray.map(methodSource).join('\n')}
  },
};`,
  );
  const types = services.map(
    (service) => `export declare const ${service.name}: {
  readonly name: '${service.name}';
  readonly fullName: string;
  readonly methods: {
${service.methodsArray.map(methodTypes).join('\n')}
  };
};`,
  );
  // nice-grpc passes each outgoing message through fromPartial; pbjs encodes plain objects as they are.
  writeFileSync(
    join(out, 'services.js'),
    `import * as $proto from './proto.js';
const codec = (type) => ({
  encode: (message) => type.encode(message),
  decode: (bytes) => type.decode(bytes),
  fromPartial: (message) => message,
});
${js.join('\n')}
`,
  );
  writeFileSync(
    join(out, 'services.d.ts'),
    `import type * as $proto from './proto.js';
/** A message as it is received: every field is there, with its default if the sender left it out. */
type Received<T> = T extends Uint8Array
  ? Uint8Array
  : T extends readonly (infer Item)[]
  ? Received<NonNullable<Item>>[]
  : T extends object
    ? { [Field in keyof T as Field extends '$unknowns' ? never : Field]-?: Received<NonNullable<T[Field]>> }
    : T;
interface Codec<Properties> {
  encode(message: Received<Properties>): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Received<Properties>;
  fromPartial(message: Properties): Received<Properties>;
}
${messages.map((name) => `export type ${name} = Received<$proto.${name}.$Properties>;`).join('\n')}
${types.join('\n')}
`,
  );
}

mkdirSync(out, { recursive: true });
const pbjsOptions =
  '-t static-module -w esm --dts --force-number --no-create --no-verify --no-convert --no-delimited --no-service';
run(join(packageRoot('protobufjs-cli'), 'bin/pbjs'), [
  ...pbjsOptions.split(' '),
  '-o',
  join(out, 'proto.js'),
  ...protos,
]);
writeServices();
run(join(packageRoot('protoc'), 'protoc.cjs'), [
  '--include_imports',
  '-I.',
  `--descriptor_set_out=${join(out, 'descriptors.bin')}`,
  ...protos,
]);
