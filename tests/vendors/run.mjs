// Runs one task of a client: `node CLIENT.mjs TASK '{"base_url": …}'` prints what came of it, or how it failed.
export async function run(tasks) {
  const [task, remote] = process.argv.slice(2);
  try {
    console.log(JSON.stringify(await tasks(JSON.parse(remote))[task]()));
  } catch (error) {
    const { name, status, code, message } = error;
    console.log(JSON.stringify({ failed: error.constructor.name, name, status, code, message }));
  }
}
