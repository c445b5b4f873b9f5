import foreign schema public from server legacy into public;
