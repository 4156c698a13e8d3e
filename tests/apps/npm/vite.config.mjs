import { defineConfig } from "vite"
import react from "@vitejs/plugin-react"

export default defineConfig({
    plugins: [react()],
    build: { rolldownOptions: { input: ["assistant-ui.html", "deep-chat.html"] }, chunkSizeWarningLimit: 4000 },
})
