import { createInterface } from 'node:readline';
import bcrypt from 'bcryptjs';
import { Command } from 'commander';

/** Cost 10 as Prometheus's documentation proposes: about 60 ms a check. */
const BCRYPT_COST = 10;

export function authCommand(): Command {
  const auth = new Command('auth').description('Make credentials for the http section.');
  auth
    .command('hash')
    .description('Read a password from standard input and print its bcrypt hash for http.basic_auth_users.')
    .addHelpText('after', `\nExample:\n  printf '%s' "$PASSWORD" | vedette auth hash`)
    .action(async () => {
      if (process.stdin.isTTY) process.stderr.write('Password (shown as you type): ');
      const password = await firstLine();
      process.stdout.write(`${await bcrypt.hash(password, BCRYPT_COST)}\n`);
    });
  return auth;
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}
