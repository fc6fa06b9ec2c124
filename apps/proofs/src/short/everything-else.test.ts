import { showShortForms } from "./short-forms.ts";

showShortForms("everything else");
