import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds `dist/`: a page, and chunks whose names hold a hash of their content. Nothing of it is fetched from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Which chunk is needed for what: the test of the sizes reads it.
    manifest: true,
    // Browsers of the last two years; WebGL 2, which the viewer needs, is older.
    target: "es2023",
    // The policy of the page forbids scripts in it, and styles or pictures out of `data:` gain nothing.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_500,
  },
  // `npm run console:dev` against a server that runs already: the page comes from Vite, and all else from there.
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/objects", "/docs", "/openapi.json"].map((path) => [
        path,
        process.env.ROLLERBLADE_URL ?? "http://127.0.0.1:7700",
      ]),
    ),
  },
});
