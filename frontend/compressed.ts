/** Writes each larger text file of the build compressed beside itself; `control_api/page_files.py` hands those out. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html)$/;
/** In bytes; less fits into one packet anyway. */
const LARGER = 1024;

export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir = "." }, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const plain = Buffer.from(file.type === "chunk" ? file.code : file.source);
        if (!TEXT.test(name) || plain.length < LARGER) continue;
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(plain));
        writeFileSync(join(dir, `${name}.gz`), gzipSync(plain, { level: 9 }));
      }
    },
  };
}
