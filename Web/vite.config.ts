import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Writes each file once more as .br and .gz: it is compressed when it is built, not whenever it is asked for. */
function precompressed(): Plugin {
  let folder = "";
  return {
    name: "precompressed",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const file = join(folder, name);
        if (!statSync(file).isFile() || !/\.(html|js|css|svg)$/.test(name)) continue;
        const bytes = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

// While the console is worked on: `npm run dev`, with a server at RIALTO_URL that answers for the API.
const server = process.env.RIALTO_URL ?? "http://127.0.0.1:5080";

export default defineConfig({
  base: "./", // It may be served under any path.
  plugins: [react(), precompressed()],
  build: {
    target: "es2022",
    outDir: process.env.CONSOLE_OUT ?? "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // The content security policy lets nothing in that is not served as a file.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server, "/health": server } },
});
