/** Indexes a folder without a server, in a process of its own, so that its memory is not that of the imports after it. Prints one line of JSON. */
import { indexFolder } from "@rollerblade/transfer/index-folder";

const [folder = ""] = process.argv.slice(2);
const begin = performance.now();
let files = 0;
for (const _ of indexFolder(folder)) files += 1;
console.log(JSON.stringify({ files, seconds: (performance.now() - begin) / 1000 }));
