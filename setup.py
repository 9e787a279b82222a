"""The wheel brings the book's profiles along, as ``earlyalign/profiles/``. All else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PROFILES = Path("book/profiles")


class WithProfiles(build_py):
    """Also copies the profiles. An editable install finds them in the checkout."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source, target in self._profiles().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *self._profiles().values()]

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *self._profiles()]

    def _profiles(self) -> dict[str, str]:
        target = Path(self.build_lib, "earlyalign", "profiles")
        return {
            path.as_posix(): str(target / path.name) for path in sorted(PROFILES.iterdir()) if path.is_file()
        }


setup(cmdclass={"build_py": WithProfiles})
