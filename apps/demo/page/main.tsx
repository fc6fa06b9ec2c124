import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { DeskPage } from "./desk-page.tsx";

const root = document.getElementById("desk");
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <DeskPage />
    </StrictMode>,
  );
}
