package io.github.lora4j.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The direction of dependency: lora-core, lora-quant, lora-models, then lora-examples. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.lora4j");

  @Test
  void everyModuleIsSeen() {
    Set<String> seen =
        CLASSES.stream().flatMap(c -> ModuleOf.of(c).stream()).collect(Collectors.toSet());
    assertEquals(Set.copyOf(ModuleOf.ORDER), seen);
  }

  @Test
  void modulesDependInOneDirection() {
    classes().should(dependOnlyOnTheirOwnModuleAndThoseBeforeIt()).check(CLASSES);
  }

  @Test
  void noPackageIsSplitOverTwoModules() {
    Map<String, Set<String>> modules = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      ModuleOf.of(type)
          .ifPresent(
              module ->
                  modules
                      .computeIfAbsent(type.getPackageName(), name -> new TreeSet<>())
                      .add(module));
    }
    modules.values().removeIf(owners -> owners.size() == 1);
    assertEquals(Map.of(), modules);
  }

  @Test
  void packagesOfTheCoreAreFreeOfCycles() {
    JavaClasses core =
        CLASSES.that(
            describe("in lora-core", c -> ModuleOf.of(c).filter("lora-core"::equals).isPresent()));
    slices().matching("io.github.lora4j.(*)..").should().beFreeOfCycles().check(core);
  }

  private static ArchCondition<JavaClass> dependOnlyOnTheirOwnModuleAndThoseBeforeIt() {
    return new ArchCondition<>("depend only on their own module and those before it") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        int own = ModuleOf.of(type).map(ModuleOf.ORDER::indexOf).orElse(Integer.MAX_VALUE);
        for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
          int target =
              ModuleOf.of(dependency.getTargetClass()).map(ModuleOf.ORDER::indexOf).orElse(-1);
          boolean allowed = target <= own;
          events.add(new SimpleConditionEvent(type, allowed, dependency.getDescription()));
        }
      }
    };
  }
}
