// Commands whose programs live beside the tests: they start systems of their own, and need the source checkout.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { exitCode } from '../exit-codes.js';
import { interruptWithOutput } from '../terminal.js';

const tools = {
  bench: 'Measures the speed of all routes next to bare servers.',
  chaos: 'Makes faults on a system of its own under load, and checks that every promise was kept.',
  evaluate: 'Runs the classic experiments: latency, cache, throughput, failover.',
  fuzz: 'Sends odd requests and gRPC messages to a system of its own.',
  simulate: 'Runs the whole system on a simulated clock, network and disks, full of faults.',
  mutants: 'Switches off one rule of the protocol after the other, and shows what notices it.',
} as const;

type ToolName = keyof typeof tools;

/** Those that start real processes. */
const ownsSystems: ReadonlySet<ToolName> = new Set(['bench', 'chaos', 'evaluate', 'fuzz']);

export function addTools(program: Command): void {
  for (const name of Object.keys(tools) as ToolName[]) {
    program
      .command(name)
      .description(`${tools[name]} (source checkout only)`)
      // Its arguments are the tool's own, --help as well.
      .helpOption(false)
      .allowUnknownOption()
      .argument('[options...]', `see: stock ${name} --help`)
      .action((args: string[], _options: object, command: Command) => runTool(name, args, command));
  }
}

async function runTool(name: ToolName, args: readonly string[], command: Command): Promise<void> {
  const { url, json } = command.optsWithGlobals<{ url?: URL; json?: boolean }>();
  if (url !== undefined || json !== undefined) {
    command.error(`error: ${name} has no --url and no --json: it starts a system of its own.`);
  }
  const entry = new URL(`../../../test/${name === 'simulate' ? 'simulation' : name}/run.js`, import.meta.url);
  const path = fileURLToPath(entry);
  if (!existsSync(path)) {
    console.error(
      `stock ${name} needs a checkout of the sources: its program is not part of this installation.`,
    );
    process.exitCode = exitCode.usage;
    return;
  }
  if (ownsSystems.has(name)) {
    interruptWithOutput();
  }
  process.argv = [process.execPath, path, ...args];
  await import(entry.href);
}
